using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Types;

namespace Hedge.Host.Tools.Imports;

/// <summary>Finds where a value ends, without looking into it more than that needs.</summary>
internal static class RdbValue
{
    /// <summary>The type of a value that a module wrote without saying how long it is.</summary>
    public const byte OldModule = 6;

    /// <summary>The type of a value that a module wrote.</summary>
    public const byte Module = 7;

    private const int ModuleNameCharacters = 9;
    private const string ModuleAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// <summary>Goes behind a value. False when it is malformed, or not of a type of Redis's own.</summary>
    public static bool TrySkip(ref PayloadCursor cursor, DumpType type) => type switch
    {
        DumpType.List or DumpType.Set or DumpType.ListOfZiplists =>
            TryCounted(ref cursor, strings: 1, bytes: 0),
        DumpType.Hash => TryCounted(ref cursor, strings: 2, bytes: 0),
        DumpType.SortedSet => TryCounted(ref cursor, strings: 1, bytes: sizeof(double)),
        DumpType.SortedSetWithTexts => TryScoreTexts(ref cursor),
        DumpType.ListOfListpacks => TryNodes(ref cursor),
        DumpType.StreamOfSix or DumpType.Stream or DumpType.StreamOfSevenTwo => TryStream(ref cursor, type),
        _ => DumpReader.TypeOf(type) != null && cursor.TrySkipString(out _),
    };

    /// <summary>Goes behind what a module wrote, whose number has been read.</summary>
    public static bool TrySkipModule(ref PayloadCursor cursor)
    {
        while (cursor.TryLength(out ulong part))
        {
            switch (part)
            {
                case 0: return true;
                case 1 or 2 when cursor.TryLength(out _): break;
                case 3 when cursor.TryBytes(sizeof(float), out _): break;
                case 4 when cursor.TryBytes(sizeof(double), out _): break;
                case 5 when cursor.TrySkipString(out _): break;
                default: return false;
            }
        }

        return false;
    }

    /// <summary>The name in a module's number: nine letters of six bits, then ten bits of version.</summary>
    public static string ModuleName(ulong number)
    {
        Span<char> name = stackalloc char[ModuleNameCharacters];
        for (int i = 0; i < ModuleNameCharacters; i++)
            name[i] = ModuleAlphabet[(int)(number >> (64 - (6 * (i + 1)))) & 63];
        return name.ToString();
    }

    private static bool TryCounted(ref PayloadCursor cursor, int strings, ulong bytes)
    {
        if (!cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            for (int i = 0; i < strings; i++)
                if (!cursor.TrySkipString(out _)) return false;
            if (!cursor.TryBytes(bytes, out _)) return false;
        }

        return true;
    }

    private static bool TryScoreTexts(ref PayloadCursor cursor)
    {
        const int notANumber = 253;
        if (!cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            if (!cursor.TrySkipString(out _) || !cursor.TryBytes(1, out ReadOnlySpan<byte> length))
                return false;
            if (length[0] < notANumber && !cursor.TryBytes(length[0], out _)) return false;
        }

        return true;
    }

    private static bool TryNodes(ref PayloadCursor cursor)
    {
        if (!cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
            if (!cursor.TryLength(out _) || !cursor.TrySkipString(out _)) return false;
        return true;
    }

    private static bool TryStream(ref PayloadCursor cursor, DumpType type)
    {
        bool isOld = type == DumpType.StreamOfSix;
        if (!TryCounted(ref cursor, strings: 2, bytes: 0)) return false;
        // Length and last id; then first id, last deleted id and entries ever added.
        if (!TryLengths(ref cursor, isOld ? 3 : 8) || !cursor.TryLength(out ulong groups)) return false;
        for (; groups > 0; groups--)
            if (!TryGroup(ref cursor, type)) return false;
        return true;
    }

    private static bool TryGroup(ref PayloadCursor cursor, DumpType type)
    {
        if (!cursor.TrySkipString(out _) || !TryLengths(ref cursor, type == DumpType.StreamOfSix ? 2 : 3))
            return false;
        if (!cursor.TryLength(out ulong pending)) return false;
        for (; pending > 0; pending--)
            if (!cursor.TryBytes(StreamId.SizeBytes + sizeof(long), out _) || !cursor.TryLength(out _))
                return false;
        if (!cursor.TryLength(out ulong consumers)) return false;
        ulong times = type == DumpType.StreamOfSevenTwo ? 2u : 1u;
        for (; consumers > 0; consumers--)
        {
            if (!cursor.TrySkipString(out _) || !cursor.TryBytes(times * sizeof(long), out _)) return false;
            if (!cursor.TryLength(out ulong owned)) return false;
            for (; owned > 0; owned--)
                if (!cursor.TryBytes(StreamId.SizeBytes, out _)) return false;
        }

        return true;
    }

    private static bool TryLengths(ref PayloadCursor cursor, int count)
    {
        for (; count > 0; count--)
            if (!cursor.TryLength(out _)) return false;
        return true;
    }
}
