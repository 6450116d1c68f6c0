/**
 * Renders `static/icon.svg` into the PNG files that home screens and notifications want. Run it by
 * hand after changing the drawing: `node scripts/icons.ts`.
 */
import { chromium } from '@playwright/test';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../static/', import.meta.url));
const drawing = readFileSync(`${folder}icon.svg`, 'utf8');

/** A maskable icon fills its square: home screens cut their own shape out of it. */
const icons = [
	{ file: 'icon-192.png', size: 192, svg: drawing },
	{ file: 'icon-512.png', size: 512, svg: drawing },
	{ file: 'icon-maskable-512.png', size: 512, svg: drawing.replace('rx="112"', '') },
	{ file: 'apple-touch-icon.png', size: 180, svg: drawing.replace('rx="112"', '') },
	{ file: 'badge-96.png', size: 96, svg: drawing.replace(/<rect[^>]*>/, '') },
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
for (const { file, size, svg } of icons) {
	const page = await browser.newPage({ viewport: { width: size, height: size } });
	await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
	writeFileSync(`${folder}${file}`, await page.screenshot({ omitBackground: true }));
	await page.close();
}
await browser.close();
