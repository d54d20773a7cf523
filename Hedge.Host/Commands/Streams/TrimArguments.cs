using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>The options of XADD and XTRIM: which of the first entries are to go, and XADD's id.</summary>
internal struct TrimArguments
{
    /// <summary>MAXLEN: how many entries may stay; -1 without the option.</summary>
    public long LengthMax;

    /// <summary>MINID: entries before it go, when <see cref="HasIdMin"/>.</summary>
    public StreamId IdMin;

    /// <summary>True with MINID.</summary>
    public bool HasIdMin;

    /// <summary>~: no more than is cheap need go.</summary>
    public bool IsRough;

    /// <summary>LIMIT: the most entries to go at once; 0 for no limit.</summary>
    public long Limit;

    /// <summary>KEEPREF, DELREF or ACKED.</summary>
    public ReferencePolicy Policy;

    /// <summary>NOMKSTREAM: the key must exist.</summary>
    public bool MustExist;

    /// <summary>XADD's id.</summary>
    public StreamId Id;

    /// <summary>False for *.</summary>
    public bool HasId;

    /// <summary>False for an id whose sequence is to be chosen.</summary>
    public bool HasSequence;

    private const long RoughLimitMax = 1_000_000;
    private const long RoughLimitDefault = 10_000;
    private const long NodesAtOnce = 100;

    /// <summary>True when entries are to go.</summary>
    public readonly bool Trims => LengthMax >= 0 || HasIdMin;

    /// <summary>True when what goes depends on the groups.</summary>
    public readonly bool MindsGroups => Trims && Policy != ReferencePolicy.Keep;

    /// <summary>Reads the options from argument 2 on. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="adds">True for XADD.</param>
    /// <param name="arguments">What they say.</param>
    /// <param name="next">The index behind the options, which is that of XADD's id.</param>
    public static bool TryRead(CommandContext context, bool adds, out TrimArguments arguments, out int next)
    {
        arguments = new TrimArguments { LengthMax = -1, HasSequence = true };
        bool hasLimit = false, hasPolicy = false;
        for (next = 2; next < context.ArgumentCount; next++)
        {
            bool hasMore = next + 1 < context.ArgumentCount;
            if (adds && StreamIds.Word(context, next).SequenceEqual("*"u8)) break;
            if (hasMore && (context.Is(next, "MAXLEN"u8) || context.Is(next, "MINID"u8)))
            {
                if (!arguments.TryReadThreshold(context, ref next)) return false;
            }
            else if (hasMore && context.Is(next, "LIMIT"u8))
            {
                if (!arguments.TryReadLimit(context, ++next)) return false;
                hasLimit = true;
            }
            else if (!hasPolicy && References.TryRead(context, next, out ReferencePolicy policy))
            {
                arguments.Policy = policy;
                hasPolicy = true;
            }
            else if (adds && context.Is(next, "NOMKSTREAM"u8))
            {
                arguments.MustExist = true;
            }
            else if (adds)
            {
                arguments.HasId = true;
                if (!StreamIds.TryReadNew(context, next, out arguments.Id, out arguments.HasSequence))
                    return false;
                break;
            }
            else
            {
                return Fail(context, ErrorText.Syntax);
            }
        }

        return arguments.TryCheck(context, adds, hasLimit);
    }

    /// <summary>How many of the first entries are to go, of a stream with so many entries.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="length">How many entries it has.</param>
    /// <param name="isAdded">True when another one is added first, which may go as well.</param>
    /// <param name="count">How many.</param>
    public readonly bool TryCount(StoredStream stream, long length, bool isAdded, out long count)
    {
        count = 0;
        if (!Trims) return true;
        if (LengthMax >= 0) count = Math.Max(0, length + (isAdded ? 1 : 0) - LengthMax);
        else if (!stream.TryCountBefore(IdMin, after: false, out count)) return false;
        else if (isAdded && IdMin > Id) count++;
        if (!IsRough || count == 0) return true;
        if (Limit > 0) count = Math.Min(count, Limit);
        // All of them are whole leaves, whatever these look like.
        if (count >= length) return true;
        return stream.TryRoundTrim(count, out count);
    }

    private bool TryReadThreshold(CommandContext context, ref int at)
    {
        if (Trims)
        {
            return Fail(context,
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
        }

        bool isLength = context.Is(at, "MAXLEN"u8);
        if (at + 2 < context.ArgumentCount)
        {
            ReadOnlySpan<byte> sign = StreamIds.Word(context, at + 1);
            IsRough = sign.SequenceEqual("~"u8);
            if (IsRough || sign.SequenceEqual("="u8)) at++;
        }

        at++;
        if (!isLength)
        {
            HasIdMin = true;
            return StreamIds.TryRead(context, at, out IdMin);
        }

        if (!context.TryInteger(at, out LengthMax)) return false;
        return LengthMax >= 0 || Fail(context, "ERR The MAXLEN argument must be >= 0.");
    }

    private bool TryReadLimit(CommandContext context, int index)
    {
        if (!context.TryInteger(index, out Limit)) return false;
        return Limit >= 0 || Fail(context, "ERR The LIMIT argument must be >= 0.");
    }

    private bool TryCheck(CommandContext context, bool adds, bool hasLimit)
    {
        if (Limit > 0 && !Trims)
        {
            return Fail(context,
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
        }

        if (!adds && !Trims)
            return Fail(context, "ERR syntax error, XTRIM must be called with a trimming strategy");
        if (hasLimit && !IsRough)
        {
            return Fail(context,
                "ERR syntax error, LIMIT cannot be used without the special ~ option");
        }

        if (hasLimit || !IsRough) return true;
        Limit = NodesAtOnce * context.Server.Settings.Current.Collections.StreamNode.Entries;
        Limit = Limit <= 0 ? RoughLimitDefault : Math.Min(Limit, RoughLimitMax);
        return true;
    }

    private static bool Fail(CommandContext context, string error)
    {
        context.Reply.Error(error);
        return false;
    }
}
