using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SMembersCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SMEMBERS", 2,
        CommandFlags.ReadOnly,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(N) where N is the set cardinality.",
        Summary = "Get all the members in a set",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryOpenSet(context.Argument(1), out StoredSet set))
            SetReply.Show(context, set, asSet: true);
    }
}
