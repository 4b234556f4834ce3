/** One login of each role, to try the API with on this machine. */
import type { credentials } from "./credentials";

interface LocalLogin {
  readonly role: "user" | "admin" | "service";
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export function localLogins(passwords: ReturnType<typeof credentials>): LocalLogin[] {
  return [
    { role: "user", name: "Ada Lovelace", email: "ada@example.com", password: passwords.userLogin },
    { role: "admin", name: "Grace Hopper", email: "grace@example.com", password: passwords.adminLogin },
    { role: "service", name: "Katherine Johnson", email: "katherine@example.com", password: passwords.serviceLogin },
  ];
}

/** How to sign in with them, for a shell. */
export function signInExamples(url: string, logins: readonly LocalLogin[]): string {
  const json = "-H 'content-type: application/json'";
  const commands = logins.map(
    ({ role, email, password }) => `  # as ${role}
  curl -s ${url}/sessions ${json} -d '{"email":"${email}","password":"${password}"}'`,
  );
  return `Signing in answers a token, which other requests send along:

${commands.join("\n")}

  curl -s ${url}/cart -H 'authorization: Bearer <token>'
  curl -s ${url}/cart/items/42 -X PUT ${json} -H 'authorization: Bearer <token>' -d '{"quantity":2}'
`;
}
