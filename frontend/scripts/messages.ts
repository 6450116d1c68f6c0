import { compile } from '@inlang/paraglide-js';
import { messageOptions } from './message-options.ts';

// `vite` compiles the messages itself; this is for tools that only read the types.
await compile(messageOptions);
