import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/mantine-styles.ts';
import './theme/fonts.css';
import './theme/tokens.css';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
