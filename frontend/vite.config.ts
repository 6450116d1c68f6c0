import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { singlePage } from './scripts/adapter.ts';
import { chunkGroups } from './scripts/chunks.ts';
import { messageOptions } from './scripts/message-options.ts';
import { inlineScriptHashes, siteVersion } from './scripts/site-inputs.ts';

/** Posters come from TMDB's hosts, or, in the sandbox, from a server on this computer. */
const posterSources = ['https:', 'http://localhost:*', 'http://127.0.0.1:*'] as const;

export default defineConfig({
	plugins: [
		paraglideVitePlugin(messageOptions),
		sveltekit({
			adapter: singlePage('build'),
			csp: {
				mode: 'hash',
				// All that the page may load. Two policies intersect: the header, which knows the host of the
				// posters, narrows `img-src` and `connect-src` to it and has no `default-src`.
				directives: {
					'default-src': ['none'],
					'script-src': ['self', ...inlineScriptHashes()],
					'style-src': ['self'],
					// The one style attribute: of Kit's announcer for screen readers.
					'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
					'img-src': ['self', 'data:', ...posterSources],
					'connect-src': ['self', ...posterSources],
					'manifest-src': ['self'],
					'worker-src': ['self'],
					'frame-src': ['none'],
					'form-action': ['self'],
					'base-uri': ['self'],
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
