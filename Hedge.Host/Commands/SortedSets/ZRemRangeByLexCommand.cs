using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRemRangeByLexCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREMRANGEBYLEX", 4,
        CommandFlags.Write,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key min max",
        Arguments = "key min max",
        Since = "2.8.9",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements removed by the operation.",
        Summary = "Remove all members in a sorted set between the given lexicographical range",
    };

    public static void Execute(CommandContext context) =>
        ScoreWrite.RemoveRange(context, RangeKind.Text, "zremrangebylex"u8);
}
