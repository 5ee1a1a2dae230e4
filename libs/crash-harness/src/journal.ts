import type { RestateServer } from "./restate-server.ts";
import type { StoreLook } from "./system.ts";

/** An invocation as `sys_invocation` shows it, as far as we look at it. */
export interface Invocation {
  /** `inv_…` */
  id: string;
  /** What was called, such as `AgentRouter/answer`. */
  target: string;
  /** Such as `running`, `suspended`, `backing-off` or `completed`. */
  status: string;
  /** How it ended; null while it goes on. */
  completion_result: "success" | "failure" | null;
  /** The invocation that called it, if one did. */
  invoked_by_id: string | null;
  /** The deployment that it runs on, once it has started. */
  pinned_deployment_id: string | null;
}

/** What happened to an invocation on its way, from `sys_journal_events`. */
export interface TransientError {
  /** Its id. */
  invocation: string;
  /** Restate's number of the error; 0 if it has none. */
  code: number;
  /** What was wrong. */
  message: string;
}

/** Facts from the server's journals. */
export class JournalQueries {
  readonly #server: RestateServer;

  /** @param server whose SQL tables are asked */
  constructor(server: RestateServer) {
    this.#server = server;
  }

  /** Every invocation that the server knows, those that are over too. */
  invocations(): Promise<Invocation[]> {
    return this.#server.query<Invocation>(
      `SELECT id, target, status, completion_result, invoked_by_id, pinned_deployment_id
       FROM sys_invocation`,
    );
  }

  /** How many `ctx.run` steps have their result in a journal. */
  async completedSteps(): Promise<number> {
    const [row] = await this.#server.query<{ count: number }>(
      "SELECT count(*) AS count FROM sys_journal WHERE entry_type = 'Notification: Run'",
    );
    return row?.count ?? 0;
  }

  /**
   * How far the journals of all that is not over are; and how many `ctx.run` steps are under way, if everything waits for
   * such a step or for a call.
   */
  async look(): Promise<StoreLook> {
    const [open, entries] = await Promise.all([
      this.#server.query<{ id: string; invoked_by_id?: string | null }>(
        "SELECT id, invoked_by_id FROM sys_invocation WHERE status <> 'completed'",
      ),
      this.#server.query<{ id: string; entry_type: string; count: number }>(
        `SELECT id, entry_type, count(*) AS count FROM sys_journal
         WHERE id IN (SELECT id FROM sys_invocation WHERE status <> 'completed') GROUP BY id, entry_type`,
      ),
    ]);
    const position = JSON.stringify([
      open.map(({ id }) => id).sort(),
      entries.map(({ id, entry_type, count }) => `${id} ${entry_type} ${count}`).sort(),
    ]);
    return { position, stepsUnderWay: stepsUnderWay(open, entries) };
  }

  /** Attempts that failed and were retried; `570` is a journal mismatch. */
  async transientErrors(): Promise<TransientError[]> {
    const rows = await this.#server.query<{ id: string; event_json: string }>(
      "SELECT id, event_json FROM sys_journal_events WHERE event_type = 'TransientError'",
    );
    return rows.map(({ id, event_json }) => {
      const event = JSON.parse(event_json) as { error_code?: number; error_message?: string };
      return { invocation: id, code: event.error_code ?? 0, message: event.error_message ?? event_json };
    });
  }
}

/** @returns undefined while something moves */
function stepsUnderWay(
  open: { id: string; invoked_by_id?: string | null }[],
  entries: { id: string; entry_type: string; count: number }[],
): number | undefined {
  const counts = new Map(entries.map(({ id, entry_type, count }) => [`${id} ${entry_type}`, count]));
  const count = (id: string, type: string) => counts.get(`${id} ${type}`) ?? 0;
  let steps = 0;
  for (const { id } of open) {
    const ownSteps = count(id, "Command: Run") - count(id, "Notification: Run");
    const calls = count(id, "Command: Call") - count(id, "Notification: Call");
    const callees = open.filter(({ invoked_by_id }) => invoked_by_id === id).length;
    if (ownSteps + calls === 0 || calls !== callees) return undefined;
    steps += ownSteps;
  }
  return steps;
}
