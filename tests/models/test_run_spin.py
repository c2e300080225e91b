#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""That run_spin.py gives the right verdict: of models that hold and that do not, and of searches
that found nothing only because they did not look everywhere."""

import pathlib
import tempfile
import unittest

import run_spin

COUNTS = '''byte n;
active proctype counts()
{
end:	do
	:: atomic { n < 200 -> n++ }
#ifdef BUG_RESETS
	:: atomic { n == 150 -> assert(false) }
#endif
#ifdef BUG_STOPS
	:: atomic { n == 150 -> break }
#endif
	od;
	n == 255
}
ltl is_full { <> (n == 200) }
'''


class Verdicts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.model = pathlib.Path(self.folder.name) / 'counts.pml'
        self.model.write_text(COUNTS, encoding='utf-8')

    def verdict(self, *definitions, claim=None, refuted=False, all_reached=False, depth=1000):
        status, out = run_spin.search(self.model, definitions, claim, False, depth)
        return run_spin.verdict(status, out, claim, refuted, all_reached)

    def test_a_model_that_holds_passes_and_is_not_refuted(self):
        self.assertIsNone(self.verdict())
        self.assertIsNone(self.verdict(claim='is_full'))
        self.assertEqual(self.verdict(refuted=True), 'no error was found')
        self.assertEqual(self.verdict(claim='is_full', refuted=True), 'no error was found')

    def test_each_kind_of_error_fails_and_refutes(self):
        for definition, claim in (('-DBUG_RESETS', None), ('-DBUG_STOPS', None),
                                  ('-DBUG_STOPS', 'is_full')):
            self.assertEqual(self.verdict(definition, claim=claim), 'an error was found')
            self.assertIsNone(self.verdict(definition, claim=claim, refuted=True))

    def test_a_search_that_was_cut_off_fails_either_way(self):
        self.assertEqual(self.verdict(depth=100), 'the search was not complete')
        self.assertEqual(self.verdict('-DBUG_RESETS', depth=100), 'the search was not complete')
        self.assertEqual(self.verdict(depth=100, refuted=True), 'no error was found')

    def test_what_is_never_executed_is_told(self):
        self.assertIn('n==255', self.verdict(all_reached=True) or '')

    def test_output_of_verifiers_that_gave_up_fails(self):
        whole = run_spin.search(self.model, (), None, False, 1000)[1]
        self.assertIsNone(run_spin.verdict(0, whole, None, False, False))
        for out in ('', whole.replace('Full statespace', 'Bit statespace'),
                    whole.replace('errors: 0', 'errors: 1'), whole.replace('errors: 0', ''),
                    whole + 'pan: reached -DMEMLIM bound\n', whole + 'pan: out of memory\n',
                    'Warning: Search not completed\n' + whole):
            self.assertIsNotNone(run_spin.verdict(0, out, None, False, False))
        self.assertIsNotNone(run_spin.verdict(1, whole, None, False, False))
        self.assertIsNotNone(run_spin.verdict(1, whole, None, True, False))

    def test_a_model_that_is_none_and_a_claim_that_is_not_there_fail(self):
        self.assertNotEqual(run_spin.main(['--claim', 'other', str(self.model)]), 0)
        self.model.write_text('proctype {', encoding='utf-8')
        self.assertEqual(run_spin.main([str(self.model)]), 1)
        self.assertEqual(run_spin.main(['--refuted', str(self.model)]), 1)


if __name__ == '__main__':
    unittest.main()
