import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import './ui/mantine.css';
import './ui/tokens.css';
import './ui/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(<App />);
