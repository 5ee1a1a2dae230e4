import type { ModelMessage } from "ai";
import pg from "pg";
import type { ClaimSpecialist } from "#shared/contracts/claim-session";

/** What is kept of a session, in a table of this program beside the ones of DBOS. */
export interface Session {
  messages: ModelMessage[];
  specialist: ClaimSpecialist | null;
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
// A connection that breaks while nobody uses it is replaced by the next query; unheard, it would end the process.
pool.on("error", () => undefined);

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
