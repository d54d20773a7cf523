namespace Hedge.Host.Declarations;

/// <summary>How a request uses its keys, where that depends on its options.</summary>
internal static class KeyUse
{
    /// <summary>The flags of the keys that a declaration stands for.</summary>
    public static KeyFlags Of<T>(CommandSpec command, KeySpec spec, in T arguments)
        where T : IArguments, allows ref struct
    {
        if ((spec.Flags & KeyFlags.VariableFlags) == 0) return spec.Flags;
        bool reads = false, writes = false;
        switch (command.Name)
        {
            case "SET":
                writes = true;
                for (int i = 3; i < arguments.Count; i++)
                    reads |= Is(arguments, i, "GET"u8) || IsComparison(arguments, i);
                break;
            case "DELEX":
                KeyFlags removes = KeyFlags.ReadWrite | KeyFlags.Delete;
                return arguments.Count > 2 ? removes | KeyFlags.Access : removes;
            case "BITFIELD":
                reads = true;
                writes = BitfieldWrites(arguments);
                break;
            default:
                return spec.Flags & ~KeyFlags.VariableFlags;
        }

        if (!writes) return KeyFlags.ReadOnly | KeyFlags.Access;
        return reads
            ? KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update
            : KeyFlags.Overwrite | KeyFlags.Update;
    }

    // Whoever may compare a value can find out what it is.
    private static bool IsComparison<T>(in T arguments, int index)
        where T : IArguments, allows ref struct =>
        Is(arguments, index, "IFEQ"u8) || Is(arguments, index, "IFNE"u8) || Is(arguments, index, "IFDEQ"u8)
        || Is(arguments, index, "IFDNE"u8);

    private static bool BitfieldWrites<T>(in T arguments)
        where T : IArguments, allows ref struct
    {
        for (int i = 2; i < arguments.Count; i++)
        {
            int left = arguments.Count - i - 1;
            if (Is(arguments, i, "GET"u8) && left >= 2) i += 2;
            else if (Is(arguments, i, "OVERFLOW"u8) && left >= 1) i++;
            else return true;
        }

        return false;
    }

    private static bool Is<T>(in T arguments, int index, ReadOnlySpan<byte> word)
        where T : IArguments, allows ref struct => AsciiText.EqualsIgnoreCase(arguments[index], word);
}
