using System.Text;

namespace Hedge.Host.Access;

/// <summary>What may be done with a key.</summary>
[Flags]
internal enum KeyAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its value may be told.</summary>
    Read = 1 << 0,

    /// <summary>It may be changed.</summary>
    Write = 1 << 1,
}

/// <summary>Keys that a user may use, and how.</summary>
/// <param name="Glob">The pattern, in Latin-1.</param>
/// <param name="Access">What may be done with them.</param>
internal sealed record KeyPattern(string Glob, KeyAccess Access)
{
    private const KeyAccess All = KeyAccess.Read | KeyAccess.Write;

    /// <summary>The pattern as bytes.</summary>
    public byte[] Bytes { get; } = Encoding.Latin1.GetBytes(Glob);

    /// <summary>As a rule has it.</summary>
    public override string ToString() => Access switch
    {
        All => $"~{Glob}",
        KeyAccess.Read => $"%R~{Glob}",
        _ => $"%W~{Glob}",
    };

    /// <summary>Reads "~pattern" or "%R~pattern"; null for one that is no such rule.</summary>
    public static KeyPattern? Parse(string rule)
    {
        if (rule[0] == '~') return new KeyPattern(rule[1..], All);
        KeyAccess access = KeyAccess.None;
        int i = 1;
        for (; i < rule.Length && rule[i] != '~'; i++)
        {
            KeyAccess one = rule[i] switch
            {
                'R' or 'r' => KeyAccess.Read,
                'W' or 'w' => KeyAccess.Write,
                _ => KeyAccess.None,
            };
            if (one == KeyAccess.None) return null;
            access |= one;
        }

        return access == KeyAccess.None || i == rule.Length ? null : new KeyPattern(rule[(i + 1)..], access);
    }
}
