import { MantineProvider } from '@mantine/core';
import { NoticeBoard } from './parts/notice-board.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { Shell } from './shell/shell.tsx';
import { colorSchemeStore } from './theme/color-scheme.ts';
import { theme } from './theme/theme.ts';

/** The console. Mantine writes no `<style>`: its variables are in a style sheet of the build. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeStore}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <NoticeBoard>
        <SessionGate>
          <Shell />
        </SessionGate>
      </NoticeBoard>
    </MantineProvider>
  );
}
