import { onContentUpdated, type Theme, useData } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { nextTick, onMounted, watch } from "vue";
import { drawDiagrams } from "./diagrams.ts";
import { listenForChoice, showChosenSdk } from "./sdk.ts";
import "./style.css";

export default {
  extends: DefaultTheme,
  setup() {
    const { isDark, page } = useData();
    const show = () => {
      showChosenSdk();
      void drawDiagrams(isDark.value);
    };
    onMounted(() => {
      listenForChoice();
      show();
    });
    onContentUpdated(show);
    watch(
      () => page.value.relativePath,
      () => nextTick(show),
    );
    watch(isDark, (dark) => void drawDiagrams(dark));
  },
} satisfies Theme;
