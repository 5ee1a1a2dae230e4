/** How much is asked, and for how long. */
export interface Load {
  /** How many requests are under way at any moment. */
  concurrency: number;
  /** How long answers are counted. */
  seconds: number;
  /** How long they are not counted before that, since all requests start at the same time. */
  rampUpSeconds: number;
}

/**
 * Asks again as soon as there is an answer. When one caller gets an error, the others stop.
 *
 * @param ask one request; it should give up when the signal says so
 * @returns how many answers there were, and how many of them while they were counted
 * @throws the first error of a request, when all have ended
 */
export async function askUnderLoad(
  { concurrency, seconds, rampUpSeconds }: Load,
  ask: (signal: AbortSignal) => Promise<void>,
): Promise<{ all: number; counted: number }> {
  const from = performance.now() + rampUpSeconds * 1000;
  const until = from + seconds * 1000;
  const failed = new AbortController();
  let [all, counted] = [0, 0];
  const callers = Array.from({ length: concurrency }, async () => {
    while (performance.now() < until) {
      await ask(failed.signal);
      all++;
      const now = performance.now();
      if (now >= from && now < until) counted++;
    }
  });
  try {
    await Promise.all(callers);
  } finally {
    failed.abort();
    await Promise.allSettled(callers);
  }
  return { all, counted };
}
