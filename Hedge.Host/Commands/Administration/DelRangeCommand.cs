using Hedge.Host.Declarations;
using Hedge.Storage.Keys;

namespace Hedge.Host.Commands.Administration;

internal sealed class DelRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEDGE.DELRANGE", 3,
        CommandFlags.Write,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "start end",
        Since = "0.2.0",
        Group = "server",
        Complexity = "O(M) where M is the number of keys of the server that are in memory",
        Summary = "Removes all keys of the database from one, inclusive, to another, exclusive",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context) =>
        Remove(context, context.Argument(1), context.Argument(2));

    /// <summary>Removes the keys from one up to, but without, another; an empty one is the end.</summary>
    internal static void Remove(CommandContext context, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        // All keys are shorter than what is left, so that it lies where the whole would lie among them.
        const int lengthMax = KeyLimits.KeyBytesMax + 1;
        from = from[..Math.Min(from.Length, lengthMax)];
        to = to[..Math.Min(to.Length, lengthMax)];
        context.Databases.RemoveRange(context.Session.Database, from, to);
        context.Reply.Ok();
    }
}
