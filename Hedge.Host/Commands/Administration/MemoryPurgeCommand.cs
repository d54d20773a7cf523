using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryPurgeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|PURGE", 2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "Depends on how much memory is allocated, could be slow",
        Summary = "Ask the allocator to release memory",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        context.Reply.Ok();
    }
}
