import type { ModelMessage } from "ai";
import pg from "pg";
import type { ClaimSpecialist } from "#shared/contracts/claim-session";

/** What is kept of a session, in a table of this program beside the ones of DBOS. */
export interface Session {
  messages: ModelMessage[];
  specialist: ClaimSpecialist | null;
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
// A connection that breaks is replaced at the next query; but unheard, its error would end the process. The pool hears
// only what is idle (https://github.com/brianc/node-postgres/issues/2439).
const ignore = () => undefined;
pool.on("error", ignore).on("connect", (connection) => connection.on("error", ignore));

/** Creates the table, unless it is there. */
export async function createSessions(): Promise<void> {
  await pool.query(
    "CREATE TABLE IF NOT EXISTS claim_sessions (id text PRIMARY KEY, messages jsonb NOT NULL, specialist text)",
  );
}

/** @returns an empty session if there is none of that id */
export async function loadSession(id: string): Promise<Session> {
  const { rows } = await pool.query<Session>("SELECT messages, specialist FROM claim_sessions WHERE id = $1", [id]);
  return rows[0] ?? { messages: [], specialist: null };
}

/** Replaces what is stored of a session. */
export async function saveSession(id: string, { messages, specialist }: Session): Promise<void> {
  await pool.query(
    `INSERT INTO claim_sessions VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET messages = excluded.messages, specialist = excluded.specialist`,
    [id, JSON.stringify(messages), specialist],
  );
}
