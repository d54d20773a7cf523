using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryUsageCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|USAGE", -3,
        CommandFlags.ReadOnly,
        AclCategory.None,
        KeySpec.At(2, KeyFlags.ReadOnly))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "key [SAMPLES count]",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of samples.",
        Summary = "Estimate the memory usage of a key",
    };

    // A slot of the partition's hash table.
    private const int SlotBytes = 16;

    public static void Execute(CommandContext context)
    {
        // Values are in one piece, so nothing is sampled; the option is checked all the same.
        for (int i = 3; i < context.ArgumentCount; i += 2)
        {
            if (!context.Is(i, "SAMPLES"u8) || i + 1 >= context.ArgumentCount)
            {
                context.Reply.Error(ErrorText.Syntax);
                return;
            }

            if (!context.TryInteger(i + 1, out long samples)) return;
            if (samples >= 0) continue;
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (!context.Keys.TryPeek(context.Argument(2), out Record record)) return;
        if (record.Exists) context.Reply.Integer(record.MemoryBytes + SlotBytes);
        else context.Reply.Null();
    }
}
