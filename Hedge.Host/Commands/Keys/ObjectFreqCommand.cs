using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectFreqCommand : ICommand
{
    private const string NotTracked = "ERR An LFU maxmemory policy is not selected, access frequency not "
        + "tracked. Please note that when switching between policies at runtime LRU and LFU data will take "
        + "some time to adjust.";

    public static CommandSpec Spec { get; } = new("OBJECT|FREQ", 3,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace,
        KeySpec.At(2, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Since = "4.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Get the logarithmic access frequency counter of a Redis object",
        Tips = ["nondeterministic_output"],
    };

    // The only policy is noeviction: there never is a frequency to show.
    public static void Execute(CommandContext context)
    {
        if (!context.Keys.TryPeek(context.Argument(2), out Record record)) return;
        if (record.Exists) context.Reply.Error(NotTracked);
        else context.Reply.Null();
    }
}
