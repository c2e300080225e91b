# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix keygen`: makes the secret and the id of a witness log."""

from . import exits, options, state


def main(argv):
    parser = options.parser('keygen', 'Make the secret and the id of a witness log.')
    options.add_state(parser)
    options.add_dry_run(parser)
    parser.add_argument('--force', action='store_true',
                        help='replace the ones there are: older logs can then not be audited')
    args = parser.parse_args(argv)
    keys = state.State(options.state_folder(args))
    if keys.has_keys() and not args.force:
        raise exits.Stop(exits.USAGE, f'{keys.folder} has keys already, and older logs need them',
                         'use another --state, or --force to replace them')
    if args.dry_run:
        print(f'would write {keys.secret} and {keys.log_id}')
        return exits.OK
    keys.make_keys()
    print(f'{keys.secret}: {state.SECRET_BYTES} bytes, keep it secret\n'
          f'{keys.log_id}: {keys.log_id.read_bytes().hex()}')
    return exits.OK
