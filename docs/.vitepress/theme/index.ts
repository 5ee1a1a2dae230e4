import { onContentUpdated, type Theme, useData } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { enhanceAppWithTabs } from "vitepress-plugin-tabs/client";
import { watch } from "vue";
import type { Sdk } from "../../src/sdks.ts";
import { drawDiagrams } from "./diagrams.ts";
import { showResults } from "./results.ts";
import "./style.css";

declare const __SDKS__: Sdk[];

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    if (typeof window !== "undefined") chooseByAddress();
    enhanceAppWithTabs(app);
  },
  setup() {
    const { isDark } = useData();
    // When a page is there, the first one too.
    onContentUpdated(() => {
      void showResults();
      void drawDiagrams(isDark.value);
    });
    watch(isDark, (dark) => void drawDiagrams(dark));
  },
} satisfies Theme;

/** `?sdk=langgraph` chooses an SDK as its tab does: where vitepress-plugin-tabs keeps it. */
function chooseByAddress(): void {
  const name = new URLSearchParams(location.search).get("sdk");
  const sdk = __SDKS__.find((it) => it.name === name);
  if (sdk)
    localStorage.setItem("vitepress:tabsSharedState", JSON.stringify({ sdk: sdk.title.replaceAll(" ", "\u00a0") }));
}
