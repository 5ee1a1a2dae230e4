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

const COLUMNS = "id, target, status, completion_result, invoked_by_id, pinned_deployment_id";

/** Facts from the server's journals. */
export class JournalQueries {
  readonly #server: RestateServer;

  /** @param server whose SQL tables are asked */
  constructor(server: RestateServer) {
    this.#server = server;
  }

  /** Every invocation that the server knows, those that are over too. */
  invocations(): Promise<Invocation[]> {
    return this.#server.query<Invocation>(`SELECT ${COLUMNS} FROM sys_invocation`);
  }

  /** Every invocation that is not over. */
  open(): Promise<Invocation[]> {
    return this.#server.query<Invocation>(`SELECT ${COLUMNS} FROM sys_invocation WHERE status <> 'completed'`);
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
    // One query: each takes the server some ten milliseconds.
    const rows = await this.#server.query<OpenEntries>(
      `SELECT i.id, i.invoked_by_id, j.entry_type, count(j.id) AS count
       FROM sys_invocation i LEFT JOIN sys_journal j ON j.id = i.id
       WHERE i.status <> 'completed' GROUP BY i.id, i.invoked_by_id, j.entry_type`,
    );
    const position = rows.map(({ id, entry_type, count }) => `${id} ${entry_type} ${count}`).toSorted();
    return { position: position.join(), stepsUnderWay: stepsUnderWay(rows) };
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

/** How many entries of a type are in the journal of an invocation that is not over. */
interface OpenEntries {
  id: string;
  invoked_by_id?: string | null;
  entry_type?: string | null;
  count: number;
}

/** @returns undefined while something moves */
function stepsUnderWay(entries: OpenEntries[]): number | undefined {
  const open = Map.groupBy(entries, ({ id }) => id);
  let steps = 0;
  for (const [id, own] of open) {
    const count = (type: string) => own.find(({ entry_type }) => entry_type === type)?.count ?? 0;
    const ownSteps = count("Command: Run") - count("Notification: Run");
    const calls = count("Command: Call") - count("Notification: Call");
    const callees = [...open.values()].filter(([callee]) => callee?.invoked_by_id === id).length;
    if (ownSteps + calls === 0 || calls !== callees) return undefined;
    steps += ownSteps;
  }
  return steps;
}
