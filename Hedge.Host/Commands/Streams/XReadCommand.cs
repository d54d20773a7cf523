using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XReadCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XREAD", -4,
        CommandFlags.ReadOnly | CommandFlags.Blocking | CommandFlags.MovableKeys,
        AclCategory.Stream,
        new KeySpec(1, -1, 1, KeyFlags.ReadOnly | KeyFlags.Access) { Keyword = "STREAMS", Limit = 2 })
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
        Arguments = "count milliseconds streams key id",
        Since = "5.0.0",
        Group = "stream",
        Complexity =
            "For each stream mentioned: O(N) with N being the number of elements being returned, it means" +
            " that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD " +
            "will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
        Summary =
            "Return never seen elements in multiple streams, with IDs greater than the ones reported by " +
            "the caller for each stream. Can block.",
    };

    public static void Execute(CommandContext context)
    {
        if (ReadArguments.TryRead(context, isGroup: false, out ReadArguments arguments))
            EntryRead.Execute(context, arguments);
    }
}
