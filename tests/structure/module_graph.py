#!/usr/bin/env python3
"""The modules of a Rust crate and who uses whom, read from `use` lines and from paths in the code.

    tests/structure/module_graph.py             crates, modules and lines of code
    tests/structure/module_graph.py DIR         what each folder of a crate's modules uses of its neighbors

Tests are left out: they may use anything.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

COMMENT = re.compile(r"//.*")
STRING = re.compile(r'r#+".*?"#+|"(?:\\.|[^"\\])*"', re.S)
TESTS = re.compile(r"#\[cfg\((?:test|any\(test[^\n]*)\)\]\s*(?:#\[[^\n]*\]\s*)*(?:pub )?mod \w+\s*(?:;|\{.*)", re.S)
TEST_FILE = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\n]*\]\s*)*(?:pub )?mod (\w+);")
USE = re.compile(r"\buse\s+([^;]+);")
PATH = re.compile(r"(?<![\w:])(?:crate|super|self|\w+)(?:::\w+)+")


def crates():
    """The `src` folder of every crate of the workspace, by its path in the repository."""
    return sorted(path.parent / "src" for path in ROOT.glob("*/**/Cargo.toml") if not {"target", "fuzz", "node_modules"} & set(path.parts))


def module_of(source, path):
    """`src/stacks/plan.rs` is the module (stacks, plan); `lib.rs` and `mod.rs` are the folder's own."""
    parts = path.relative_to(source).with_suffix("").parts
    return parts[:-1] if parts[-1] in ("lib", "main", "mod") else parts


def split(text):
    """The parts of a list in braces, whose own braces stay whole."""
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [part for part in [*parts, part] if part.strip()]


def leaves(tree, before=()):
    """The paths of a use tree: `a::{b, c::d}` is a::b and a::c::d."""
    tree = tree.strip()
    group = re.match(r"^((?:\w+::)*)\{(.*)\}$", tree, re.S)
    if group:
        start = before + tuple(part for part in group[1].split("::") if part)
        for part in split(group[2]):
            yield from leaves(part, start)
    else:
        yield before + tuple(re.split(r"\s+as\s+", tree)[0].split("::"))


class Crate:
    """The modules of one crate and the uses between them."""

    def __init__(self, source):
        self.source = source
        files = {module_of(source, path): path for path in sorted(source.rglob("*.rs"))}
        of_tests = set()
        for module, path in files.items():
            of_tests |= {(*module, name) for name in TEST_FILE.findall(path.read_text())}
        self.files = {
            module: path for module, path in files.items() if not any(module[: len(test)] == test for test in of_tests)
        }
        self.texts = {module: self._code(path) for module, path in self.files.items()}
        self.uses = {module: self._uses(module, text) for module, text in self.texts.items()}

    @staticmethod
    def _code(path):
        return TESTS.sub("", COMMENT.sub("", STRING.sub('""', path.read_text())))

    def _uses(self, module, text):
        paths = [path for use in USE.finditer(text) for path in leaves(use[1])]
        paths += [tuple(path[0].split("::")) for path in PATH.finditer(USE.sub("", text))]
        used = {self._resolve(module, path) for path in paths}
        return used - {None, module}

    def _resolve(self, module, path):
        """The module that a path leads to; none outside of the crate."""
        path = tuple(part.strip() for part in path)
        if path[0] == "crate":
            path = path[1:]
        elif path[0] == "self":
            path = module + path[1:]
        elif path[0] == "super":
            base = module
            while path and path[0] == "super":
                base, path = base[:-1], path[1:]
            path = base + path
        elif module + path[:1] in self.files:
            path = module + path
        else:
            return None
        while path and path not in self.files:
            path = path[:-1]
        return path

    def neighbors(self):
        """For each folder of modules: who of it uses whom, with an example."""
        graph = collections.defaultdict(lambda: collections.defaultdict(dict))
        for module, used in self.uses.items():
            for other in used:
                common = 0
                while common < min(len(module), len(other)) and module[common] == other[common]:
                    common += 1
                if common < len(module) and common < len(other):
                    edge = graph[module[:common]][module[common]]
                    edge.setdefault(other[common], f"{'::'.join(module)} uses {'::'.join(other)}")
        return graph

    def cycles(self):
        """Each cycle among the modules of a folder, told with an example of each use."""
        found = []
        for folder, graph in sorted(self.neighbors().items()):
            for knot in knots(graph):
                examples = [graph[one][other] for one in knot for other in knot if other in graph[one]]
                found.append(f"{self.name()}: {'::'.join(folder) or 'the crate'} has a cycle of {', '.join(knot)}: " + "; ".join(examples))
        return found

    def name(self):
        """The crate's folder in the repository."""
        return str(self.source.parent.relative_to(ROOT)) if self.source.is_relative_to(ROOT) else self.source.parent.name


def knots(graph):
    """The groups of nodes that all reach each other (Tarjan's strongly connected components of more than one node)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def lines_of_code(crate):
    """Lines that are neither blank nor comments, without tests."""
    return sum(1 for text in crate.texts.values() for line in text.splitlines() if line.strip())


def main(arguments):
    if not arguments:
        total = 0
        for source in crates():
            crate = Crate(source)
            lines = lines_of_code(crate)
            total += lines
            print(f"{crate.name():20} {len(crate.files):4} modules {lines:6} lines")
        print(f"{total:38} lines")
    for argument in arguments:
        for folder, graph in sorted(Crate(pathlib.Path(argument).resolve() / "src").neighbors().items()):
            print("::".join(folder) or "the crate")
            for module, used in sorted(graph.items()):
                print(f"  {module} -> {' '.join(sorted(used))}")


if __name__ == "__main__":
    main(sys.argv[1:])
