// Runs before `npm pack` and `npm publish`: makes assets/ and dist/, which hold all that the package needs.
import { makeAssets } from "../build/assets.ts";
import { bundle } from "../build/bundle.ts";

await makeAssets();
await bundle();
