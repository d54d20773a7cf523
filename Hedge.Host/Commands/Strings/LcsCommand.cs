using Hedge.Host.Declarations;
using Hedge.Resp;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class LcsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LCS", -3,
        CommandFlags.ReadOnly,
        AclCategory.String,
        new KeySpec(1, 1, 1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]",
        Arguments = "key1:key key2:key len idx len:integer withmatchlen",
        Since = "7.0.0",
        Group = "string",
        Complexity = "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        Summary = "Find longest common substring",
    };

    public static void Execute(CommandContext context)
    {
        bool resident = context.Keys.TryFind(context.Argument(1), out Record first);
        resident &= context.Keys.TryFind(context.Argument(2), out Record second);
        if (!resident) return;
        if (!IsString(first) || !IsString(second))
        {
            context.Reply.Error("ERR The specified keys must contain string values");
            return;
        }

        if (!TryParse(context, out Options options)) return;
        ReadOnlySpan<byte> a = first.Value, b = second.Value;
        long cells = ((long)a.Length + 1) * ((long)b.Length + 1);
        if (cells * sizeof(uint) > KeyLimits.ValueBytesMax)
        {
            context.Reply.Error(
                "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
            return;
        }

        using var lengths = new Scratch<uint>((int)cells);
        CommonSubsequence.Fill(lengths.Span, a, b);
        var trace = new CommonSubsequence(lengths.Span, a, b);
        if (options.WantsRanges) ReplyRanges(context.Reply, trace, options);
        else if (options.WantsLength) context.Reply.Integer(trace.Length);
        else ReplyText(context.Reply, trace);
    }

    private static bool IsString(Record record) => !record.Exists || record.Type == RecordType.String;

    private static bool TryParse(CommandContext context, out Options options)
    {
        options = default;
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "IDX"u8))
            {
                options.WantsRanges = true;
            }
            else if (context.Is(i, "LEN"u8))
            {
                options.WantsLength = true;
            }
            else if (context.Is(i, "WITHMATCHLEN"u8))
            {
                options.WithLengths = true;
            }
            else if (context.Is(i, "MINMATCHLEN"u8) && i + 1 < context.ArgumentCount)
            {
                if (!context.TryInteger(++i, out options.LengthMin)) return false;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        if (!options.WantsRanges || !options.WantsLength) return true;
        context.Reply.Error("ERR If you want both the length and indexes, please just use IDX.");
        return false;
    }

    private static void ReplyRanges(RespWriter reply, CommonSubsequence trace, Options options)
    {
        int count = 0;
        CommonSubsequence counting = trace;
        while (counting.NextRange(out CommonRange range))
        {
            if (range.Length >= options.LengthMin) count++;
        }

        reply.MapHeader(2);
        reply.BulkAscii("matches");
        reply.ArrayHeader(count);
        uint length = trace.Length;
        while (trace.NextRange(out CommonRange range))
        {
            if (range.Length < options.LengthMin) continue;
            reply.ArrayHeader(options.WithLengths ? 3 : 2);
            ReplyRange(reply, range.FirstStart, range.Length);
            ReplyRange(reply, range.SecondStart, range.Length);
            if (options.WithLengths) reply.Integer(range.Length);
        }

        reply.BulkAscii("len");
        reply.Integer(length);
    }

    private static void ReplyRange(RespWriter reply, int start, int length)
    {
        reply.ArrayHeader(2);
        reply.Integer(start);
        reply.Integer(start + length - 1);
    }

    private static void ReplyText(RespWriter reply, CommonSubsequence trace)
    {
        int length = (int)trace.Length;
        using var text = new Scratch<byte>(length);
        int at = length;
        while (trace.NextRange(out CommonRange range))
        {
            at -= range.Length;
            trace.First.Slice(range.FirstStart, range.Length).CopyTo(text.Span[at..]);
        }

        reply.Bulk(text.Span);
    }

    private struct Options
    {
        public bool WantsRanges;
        public bool WantsLength;
        public bool WithLengths;
        public long LengthMin;
    }
}
