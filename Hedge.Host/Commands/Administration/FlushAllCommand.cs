using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class FlushAllCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FLUSHALL", -1,
        CommandFlags.Write,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "[ASYNC | SYNC]",
        Arguments = "async async@4.0.0 sync@6.2.0",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(N) where N is the total number of keys in all databases",
        Summary = "Remove all keys from all databases",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        History =
        [
            ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
            ("6.2.0", "Added the `SYNC` flushing mode modifier."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!TryReadMode(context)) return;
        context.Databases.Flush(0, context.Databases.Count);
        context.Reply.Ok();
    }

    /// <summary>Checks "[ASYNC | SYNC]", which make no difference: flushing takes the same short time for any
    /// number of keys. Writes the error reply when the words are others.</summary>
    internal static bool TryReadMode(CommandContext context)
    {
        if (context.ArgumentCount == 1) return true;
        if (context.ArgumentCount == 2 && (context.Is(1, "ASYNC"u8) || context.Is(1, "SYNC"u8))) return true;
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }
}
