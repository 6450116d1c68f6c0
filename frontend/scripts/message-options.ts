import type { CompilerOptions } from '@inlang/paraglide-js';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Lists the languages of the app's texts: each has one file in `messages/`. */
export function languagesOf(folder: string): string[] {
	const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
	return names.map((name) => name.slice(0, -'.json'.length)).sort();
}

/** Writes the project file that paraglide wants, so that a language is nothing but its file in `messages/`. */
function writeProject(): void {
	const project = {
		$schema: 'https://inlang.com/schema/project-settings',
		baseLocale: 'en',
		locales: languagesOf(join(root, 'messages')),
		modules: ['./node_modules/@inlang/plugin-message-format/dist/index.js'],
		'plugin.inlang.messageFormat': { pathPattern: './messages/{locale}.json' },
	};
	const file = join(root, 'project.inlang', 'settings.json');
	const text = `${JSON.stringify(project, null, '\t')}\n`;
	mkdirSync(join(root, 'project.inlang'), { recursive: true });
	if (currentText(file) !== text) writeFileSync(file, text);
}

function currentText(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}

writeProject();

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
