import { makeTemplates } from "../export/templates.ts";

/** Once, before all test files, which read them at the same time. */
export const setup = makeTemplates;
