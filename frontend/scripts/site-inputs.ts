import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The files and folders that decide what the built site contains. */
const inputs = ['messages', 'package-lock.json', 'project.inlang', 'scripts', 'src', 'static', 'vite.config.ts'];

/** Compiled by a Vite plugin while it builds, so they are no inputs. */
const generated = join('src', 'lib', 'paraglide');

/**
 * Names the version of the site: STELLARR_SITE_VERSION when set, else the first 16 hex digits of a
 * SHA-256 over all inputs. Kit's default is the time, which would make every build differ.
 */
export function siteVersion(): string {
	const given = process.env.STELLARR_SITE_VERSION;
	if (given) return given;
	const hash = createHash('sha256');
	for (const file of inputs.flatMap((input) => filesUnder(join(root, input))).sort()) {
		hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
	}
	return hash.digest('hex').slice(0, 16);
}

/**
 * Hashes the inline scripts of `app.html`, in the form a Content-Security-Policy names them: Kit
 * hashes only the script that it writes itself.
 */
export function inlineScriptHashes(): `sha256-${string}`[] {
	return inlineScripts(readFileSync(join(root, 'src', 'app.html'), 'utf8')).map(scriptHash);
}

/** The texts of a page's inline scripts. */
export function inlineScripts(html: string): string[] {
	return [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '');
}

/** Hashes a script's text. */
export function scriptHash(text: string): `sha256-${string}` {
	return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function filesUnder(path: string): string[] {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (!stats || path.endsWith(generated)) return [];
	if (!stats.isDirectory()) return [path];
	return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}
