import type { CompilerOptions } from '@inlang/paraglide-js';

/**
 * How paraglide compiles `messages/`: one module a language, which the app imports on demand, instead
 * of one function a message that carries every language.
 */
export const messageOptions = {
	project: './project.inlang',
	outdir: './src/lib/paraglide',
	outputStructure: 'locale-modules',
	strategy: ['globalVariable', 'baseLocale'],
	emitReadme: false,
} satisfies CompilerOptions;
