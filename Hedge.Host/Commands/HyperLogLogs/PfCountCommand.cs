using System.Buffers.Binary;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.HyperLogLogs;

internal sealed class PfCountCommand : ICommand
{
    private const string ReadWriteNote =
        "RW because it may change the internal representation of the key, and propagate to replicas";

    public static CommandSpec Spec { get; } = new("PFCOUNT", -2,
        CommandFlags.ReadOnly,
        AclCategory.HyperLogLog,
        new KeySpec(1, -1, 1, KeyFlags.ReadWrite | KeyFlags.Access) { Notes = ReadWriteNote })
    {
        Traits = CommandTraits.CountsNoLookups | CommandTraits.KeepsResults,
        Syntax = "key [key ...]",
        Since = "2.8.9",
        Group = "hyperloglog",
        Complexity =
            "O(1) with a very small average constant time when called with a single key. O(N) with N " +
            "being the number of keys, and much bigger constant times, when called with multiple " +
            "keys.",
        Summary =
            "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
        ReadsAllKeys = true,
    };

    public static void Execute(CommandContext context)
    {
        if (!HyperLogLogKey.TryFindAll(context)) return;
        if (context.ArgumentCount == 2)
        {
            CountOne(context);
            return;
        }

        using var registers = new Scratch<byte>(HyperLogLog.Registers);
        if (HyperLogLogKey.TryMergeAll(context, registers.Span, out _))
            context.Reply.Integer((long)HyperLogLog.Estimate(registers.Span));
    }

    private static void CountOne(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        context.Keys.TryPeek(key, out Record record);
        context.NoteLookup(key, record.Exists);
        if (!HyperLogLogKey.Check(context, record)) return;
        if (!record.Exists)
        {
            context.Reply.Integer(0);
        }
        else if (!HyperLogLog.IsStale(record.Value))
        {
            context.Reply.Integer((long)HyperLogLog.Cached(record.Value));
        }
        else if (HyperLogLog.TryEstimate(record.Value, out ulong cardinality))
        {
            // The command reads, so it answers also while writes are refused; then it keeps nothing.
            if (context.CanWrite) Keep(context, key, cardinality);
            context.Reply.Integer((long)cardinality);
        }
        else
        {
            context.Reply.Error(HyperLogLogKey.Damaged);
        }
    }

    private static void Keep(CommandContext context, ReadOnlySpan<byte> key, ulong cardinality)
    {
        Span<byte> cached = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(cached, cardinality);
        context.Keys.WriteRange(key, HyperLogLog.CardinalityAt, cached);
    }
}
