import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';

export default typescript.config(
	{
		ignores: [
			'build',
			'.svelte-kit',
			'src/lib/paraglide',
			'test-results',
			'playwright-report',
			'src/lib/api/schema.d.ts',
		],
	},
	js.configs.recommended,
	typescript.configs.recommended,
	svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			// TypeScript knows which names exist.
			'no-undef': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
			'svelte/no-at-html-tags': 'error',
			// The site is always at the root of its origin, and links lead to other sites too.
			'svelte/no-navigation-without-resolve': 'off',
		},
	},
	{
		// Playwright reads from the pattern what a fixture needs, and wants one even for nothing.
		files: ['tests/e2e/support/test.ts'],
		rules: { 'no-empty-pattern': 'off' },
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: typescript.parser } },
	},
);
