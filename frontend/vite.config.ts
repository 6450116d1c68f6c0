import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { singlePage } from './scripts/adapter.ts';
import { chunkGroups } from './scripts/chunks.ts';
import { messageOptions } from './scripts/message-options.ts';
import { inlineScriptHashes, siteVersion } from './scripts/site-inputs.ts';

export default defineConfig({
	plugins: [
		paraglideVitePlugin(messageOptions),
		sveltekit({
			adapter: singlePage('build'),
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
	environments: {
		client: { build: { rolldownOptions: { output: { codeSplitting: { groups: chunkGroups } } } } },
	},
	test: {
		environment: 'jsdom',
		include: ['tests/**/*.test.ts'],
		setupFiles: ['tests/setup.ts'],
		restoreMocks: true,
		unstubGlobals: true,
	},
});
