import { onContentUpdated, type Theme, useData } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { onMounted, watch } from "vue";
import { drawDiagrams } from "./diagrams.ts";
import { listenForChoice, showChosenSdk } from "./sdk.ts";
import "./style.css";

export default {
  extends: DefaultTheme,
  setup() {
    const { isDark } = useData();
    onMounted(listenForChoice);
    // When a page is there, the first one too.
    onContentUpdated(() => {
      showChosenSdk();
      void drawDiagrams(isDark.value);
    });
    watch(isDark, (dark) => void drawDiagrams(dark));
  },
} satisfies Theme;
