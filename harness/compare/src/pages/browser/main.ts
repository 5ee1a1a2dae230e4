import { parseResults } from "../../results.ts";
import { drawHeader, drawResults } from "./page.ts";

// The program of the page as a single file, which has the samples in it.
const samples = document.querySelector("#samples")?.textContent ?? "";
const results = parseResults(samples);
document.body.innerHTML = `<main>${drawHeader(results)}${drawResults(results)}</main>`;
