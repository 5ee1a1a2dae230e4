import { z } from "zod";

/** Longest text that a client may send in one field, in characters (about 1,000 tokens). */
export const MAX_TEXT_LENGTH = 4_000;

/**
 * A text that a client sends: trimmed, not empty, at most `maxLength` characters.
 *
 * @param description what the field holds; shown in the UI's playground
 */
export const text = (description: string, maxLength = MAX_TEXT_LENGTH) =>
  z.string().trim().min(1).max(maxLength).describe(description);

/**
 * A text that a model writes into a structured answer. "Not empty" is a pattern and the length is a refinement, since
 * OpenAI's strict structured outputs take no minLength or maxLength
 * (https://platform.openai.com/docs/guides/structured-outputs).
 *
 * @param description what the model should write; the model sees it
 */
export const modelText = (description: string) =>
  z
    .string()
    .regex(/\S/, "must not be empty")
    .refine((value) => value.length <= MAX_TEXT_LENGTH, `must have at most ${MAX_TEXT_LENGTH} characters`)
    .describe(description);
