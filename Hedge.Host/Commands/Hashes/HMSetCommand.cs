using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HMSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HMSET", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key field value [field value ...]",
        Arguments = "key field_value field value",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of fields being set.",
        Summary = "Set multiple hash fields to multiple values",
        DeprecatedSince = "4.0.0",
        ReplacedBy = "`HSET` with multiple field-value pairs",
    };

    public static void Execute(CommandContext context) => HashWrite.SetPairs(context, repliesOk: true);
}
