using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XReadGroupCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XREADGROUP", -7,
        CommandFlags.Write | CommandFlags.Blocking | CommandFlags.MovableKeys,
        AclCategory.Stream,
        new KeySpec(4, -1, 1, KeyFlags.ReadOnly | KeyFlags.Access) { Keyword = "STREAMS", Limit = 2 })
    {
        Syntax =
            "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id" +
            " ...]",
        Arguments = "group_consumer group consumer count milliseconds noack streams key id",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "For each stream mentioned: O(M) with M being the number of elements returned. If M is " +
            "constant (e.g. always asking for the first 10 elements with COUNT), you can consider it " +
            "O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to " +
            "serve the N clients blocked on the stream getting new data.",
        Summary =
            "Return new entries from a stream using a consumer group, or access the history of the " +
            "pending entries for a given consumer. Can block.",
    };

    public static void Execute(CommandContext context)
    {
        if (ReadArguments.TryRead(context, isGroup: true, out ReadArguments arguments))
            GroupRead.Execute(context, arguments);
    }
}
