using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZIncrByCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZINCRBY", 4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key increment member",
        Arguments = "key increment member",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity = "O(log(N)) where N is the number of elements in the sorted set.",
        Summary = "Increment the score of a member in a sorted set",
    };

    public static void Execute(CommandContext context) => ScoreWrite.Add(context, ScoreOptions.Increments);
}
