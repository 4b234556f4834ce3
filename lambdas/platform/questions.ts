/** What a function is asked by `lambda:InvokeFunction` alone: by hand, or by a deploy. */
import { ReleaseQuestion } from "#contract/release-check";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";

const questions = { doctor: z.strictObject({ doctor: z.literal(true) }), releaseCheck: ReleaseQuestion };

type Question = keyof typeof questions;
export type Answers = Readonly<Partial<Record<Question, (context: Context) => Promise<unknown>>>>;

/**
 * Answers such a question, and leaves all else to the handler. No client can ask one: API Gateway wraps what it is sent into an
 * event of its own, whose members have other names, and so does a schedule.
 */
export function withQuestions<Event, Answer>(
  answers: Answers,
  handler: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<unknown> {
  return async (event, context) => {
    const question = questionOf(event);
    const answer = question && answers[question];
    return answer === undefined ? handler(event, context) : answer(context);
  };
}

function questionOf(event: unknown): Question | undefined {
  if (questions.doctor.safeParse(event).success) return "doctor";
  if (questions.releaseCheck.safeParse(event).success) return "releaseCheck";
  return undefined;
}
