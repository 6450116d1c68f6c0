import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { messageOptions } from './scripts/message-options.ts';
import { inlineScriptHashes, siteVersion } from './scripts/site-inputs.ts';

export default defineConfig({
	plugins: [
		paraglideVitePlugin(messageOptions),
		sveltekit({
			adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', strict: true }),
			csp: {
				mode: 'hash',
				directives: {
					'script-src': ['self', ...inlineScriptHashes()],
					'worker-src': ['self'],
				},
			},
			version: { name: siteVersion() },
			serviceWorker: { register: false },
		}),
		svelteTesting(),
	],
	test: {
		environment: 'jsdom',
		include: ['tests/**/*.test.ts'],
		setupFiles: ['tests/setup.ts'],
		restoreMocks: true,
		unstubGlobals: true,
	},
});
