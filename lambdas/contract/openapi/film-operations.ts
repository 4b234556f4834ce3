import { Movie, MovieChange, MoviePage, MoviePath, MovieSearch, NewMovie } from "../movies";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";
import { whileLoading } from "./problems";

const cached = ["x-cache"] as const;

export const filmOperations = {
  "GET /movies": {
    id: "searchMovies",
    summary: "Films by genre and director, page by page",
    description: "Films without the figure that is sorted by come last, in either order.",
    request: { query: MovieSearch },
    answers: { 200: { description: "A page of films.", body: MoviePage, headers: cached } },
    problems: whileLoading,
  },
  "GET /movies/{id}": {
    id: "getMovie",
    summary: "A film",
    request: { path: MoviePath },
    answers: { 200: { description: "The film.", body: Movie, headers: cached } },
    problems: ["not-found", ...whileLoading],
  },
  "POST /movies": {
    id: "addMovie",
    summary: "Add a film",
    request: { body: NewMovie },
    answers: { 201: { description: "The film as it was added.", body: Movie, headers: ["location"] } },
    problems: ["database-unavailable"],
  },
  "PATCH /movies/{id}": {
    id: "changeMovie",
    summary: "Change a film",
    request: { path: MoviePath, body: MovieChange },
    answers: { 200: { description: "The film as it is now.", body: Movie } },
    problems: ["not-found", "database-unavailable"],
  },
  "DELETE /movies/{id}": {
    id: "removeMovie",
    summary: "Remove a film",
    request: { path: MoviePath },
    answers: { 204: { description: "It is removed." } },
    problems: ["not-found", "database-unavailable"],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
