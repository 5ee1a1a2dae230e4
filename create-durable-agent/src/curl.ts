import type { ExampleRequest } from "./templates.ts";

/** A request as a command, to be pasted as it is. */
export function curl({ call, body }: Pick<ExampleRequest, "call" | "body">, port = 8080): string {
  const path = call.replace("{sessionId}", "session123");
  return `curl localhost:${port}/restate/call/${path} --json '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
}
