using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HKeysCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HKEYS", 2,
        CommandFlags.ReadOnly,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the size of the hash.",
        Summary = "Get all the fields in a hash",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context) => HashReply.All(context, fields: true, values: false);
}
