using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

/// <summary>The arguments of XREAD and XREADGROUP.</summary>
internal struct ReadArguments
{
    /// <summary>The argument that is the group's name, before the consumer's; 0 for XREAD.</summary>
    public int GroupAt;

    /// <summary>The most entries of each stream; 0 for no limit.</summary>
    public long Count;

    /// <summary>How long to wait, milliseconds; 0 for ever, -1 not to wait.</summary>
    public long Timeout;

    /// <summary>What is given counts as acknowledged.</summary>
    public bool NoAck;

    /// <summary>The first key's argument.</summary>
    public int FirstKey;

    /// <summary>How many keys there are, and as many ids.</summary>
    public int Keys;

    // Redis shows this text for XREADGROUP, too.
    private const string Unbalanced = "ERR Unbalanced XREAD list of streams: "
        + "for each stream key an ID or '$' must be specified.";

    /// <summary>Reads them. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, bool isGroup, out ReadArguments arguments)
    {
        arguments = new ReadArguments { Timeout = -1 };
        for (int i = 1; i < context.ArgumentCount && arguments.FirstKey == 0; i++)
            if (!arguments.TryReadOption(context, isGroup, ref i)) return false;
        if (arguments.FirstKey == 0) return Fail(context, ErrorText.Syntax);
        if (isGroup && arguments.GroupAt == 0)
            return Fail(context, "ERR Missing GROUP option for XREADGROUP");
        // A group or a consumer may be called STREAMS; the declared keys are then others, and only those are
        // held.
        KeyPositions declared = context.Request.Keys;
        if (declared.MoveNext() && declared.Current == arguments.FirstKey) return true;
        return Fail(context, ErrorText.Syntax);
    }

    /// <summary>Of the keys, counted from 0, the one that another command has changed, for a command that
    /// has waited.</summary>
    public readonly int Changed(CommandContext context)
    {
        int key = 0;
        while (!context.MayTouch(context.Argument(FirstKey + key))) key++;
        return key;
    }

    private bool TryReadOption(CommandContext context, bool isGroup, ref int at)
    {
        int more = context.ArgumentCount - at - 1;
        if (more > 0 && context.Is(at, "BLOCK"u8)) return TryReadTimeout(context, ++at);
        if (more > 0 && context.Is(at, "COUNT"u8))
        {
            if (!context.TryInteger(++at, out Count)) return false;
            Count = Math.Max(0, Count);
            return true;
        }

        if (more > 0 && context.Is(at, "STREAMS"u8))
        {
            if (more % 2 != 0) return Fail(context, Unbalanced);
            (FirstKey, Keys) = (at + 1, more / 2);
            return true;
        }

        if (more > 1 && context.Is(at, "GROUP"u8))
        {
            GroupAt = at + 1;
            at += 2;
            return isGroup || Fail(context, "ERR The GROUP option is only supported by XREADGROUP. "
                + "You called XREAD instead.");
        }

        if (!context.Is(at, "NOACK"u8)) return Fail(context, ErrorText.Syntax);
        NoAck = true;
        return isGroup || Fail(context, "ERR The NOACK option is only supported by XREADGROUP. "
            + "You called XREAD instead.");
    }

    private bool TryReadTimeout(CommandContext context, int index)
    {
        if (context.InScript)
        {
            // As it was called.
            string name = Encoding.Latin1.GetString(context.Argument(0));
            return Fail(context, $"ERR {name} command is not allowed with BLOCK option from scripts");
        }

        if (!context.TryInteger(index, out Timeout, "ERR timeout is not an integer or out of range"))
            return false;
        return Timeout >= 0 || Fail(context, "ERR timeout is negative");
    }

    private static bool Fail(CommandContext context, string error)
    {
        context.Reply.Error(error);
        return false;
    }
}
