// Runs before `npm pack` and `npm publish`: makes templates/ and dist/, which hold all that the package needs.
import { bundle } from "../export/bundle.ts";
import { makeTemplates } from "../export/templates.ts";

await makeTemplates();
await bundle();
