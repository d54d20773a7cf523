using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Types;

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

    // What Redis looks at without the option.
    private const int SamplesUsual = 5;

    // A slot of the partition's hash table.
    private const int SlotBytes = 16;

    public static void Execute(CommandContext context)
    {
        long samples = SamplesUsual;
        for (int i = 3; i < context.ArgumentCount; i += 2)
        {
            if (!context.Is(i, "SAMPLES"u8) || i + 1 >= context.ArgumentCount)
            {
                context.Reply.Error(ErrorText.Syntax);
                return;
            }

            if (!context.TryInteger(i + 1, out samples)) return;
            if (samples >= 0) continue;
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (!context.Keys.TryPeek(context.Argument(2), out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Null();
            return;
        }

        // As in Redis, 0 means all; a large collection is only estimated all the same.
        int looked = (int)Math.Min(samples == 0 ? long.MaxValue : samples, CollectionMemory.SamplesMax);
        long own = record.MemoryBytes + SlotBytes;
        if (!context.Keys.TryMeasure(context.Argument(2), looked, out long nodes)) return;
        context.Reply.Integer(own + nodes);
    }
}
