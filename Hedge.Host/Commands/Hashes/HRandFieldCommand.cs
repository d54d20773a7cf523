using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HRandFieldCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HRANDFIELD", -2,
        CommandFlags.ReadOnly,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [count [WITHVALUES]]",
        Arguments = "key options count withvalues",
        Since = "6.2.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of fields returned",
        Summary = "Get one or multiple random fields from a hash",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        bool hasCount = context.ArgumentCount > 2;
        if (!RandomCount.TryParse(context, "WITHVALUES"u8, out long count, out bool withValues)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (!hasCount)
        {
            HashReply.RandomField(context, hash);
            return;
        }

        if (count == 0 || hash.Count == 0) context.Reply.ArrayHeader(0);
        else if (count >= hash.Count) HashReply.Pairs(context, hash, withValues);
        else HashReply.RandomFields(context, hash, count, withValues);
    }
}
