namespace Hedge.Host.Commands.Geo;

/// <summary>
/// A cell of the grid that halves longitudes and latitudes in turn: "steps" times each, so that its number
/// has twice as many bits. Bits of the longitude and of the latitude alternate, the longitude's first. With
/// 26 steps the number is the score of a place in a sorted set; a coarser cell is a range of scores.
/// </summary>
internal readonly record struct GeoCell(ulong Number, int Steps)
{
    /// <summary>The steps of scores: what a double can hold.</summary>
    public const int StepsMax = 26;

    /// <summary>Length of a geohash as GEOHASH shows it.</summary>
    public const int TextLength = 11;

    private const ulong LongitudeBits = 0xAAAAAAAAAAAAAAAA;
    private const ulong LatitudeBits = 0x5555555555555555;
    private const double StandardLatitudeMax = 90;

    /// <summary>The cell of a place.</summary>
    public static GeoCell Of(GeoPosition position, int steps = StepsMax) =>
        Of(position, steps, GeoPosition.LatitudeMax);

    /// <summary>The cell of a score. Scores that are no cell's number, which ZADD can make, become what
    /// redis-server on x86-64 makes of them: a negative one wraps round, and what is out of range is 0 or
    /// 2^63.</summary>
    public static GeoCell OfScore(double score)
    {
        const double half = 1UL << 63;
        ulong number = score switch
        {
            >= half and < 2 * half => (ulong)(score - half) | (1UL << 63),
            >= half => 0,
            >= -half => unchecked((ulong)(long)score),
            _ => 1UL << 63,
        };
        return new(number, StepsMax);
    }

    /// <summary>The lowest score in the cell.</summary>
    public double FirstScore => Number << (2 * (StepsMax - Steps));

    /// <summary>The lowest score behind the cell.</summary>
    public double EndScore => (Number + 1) << (2 * (StepsMax - Steps));

    /// <summary>The cell's limits.</summary>
    public GeoBounds Bounds
    {
        get
        {
            double cells = 1UL << Steps;
            uint x = Gather(Number >> 1), y = Gather(Number);
            const double width = 2 * GeoPosition.LongitudeMax, height = 2 * GeoPosition.LatitudeMax;
            return new(-GeoPosition.LongitudeMax + (x / cells * width),
                -GeoPosition.LatitudeMax + (y / cells * height),
                -GeoPosition.LongitudeMax + ((x + 1.0) / cells * width),
                -GeoPosition.LatitudeMax + ((y + 1.0) / cells * height));
        }
    }

    /// <summary>The middle of the cell.</summary>
    public GeoPosition Middle
    {
        get
        {
            GeoBounds bounds = Bounds;
            const double longitude = GeoPosition.LongitudeMax, latitude = GeoPosition.LatitudeMax;
            return new(Math.Clamp((bounds.West + bounds.East) / 2, -longitude, longitude),
                Math.Clamp((bounds.South + bounds.North) / 2, -latitude, latitude));
        }
    }

    /// <summary>The cell that is so many columns to the east and rows to the north: each -1, 0 or 1. The
    /// grid goes round in both directions.</summary>
    public GeoCell Neighbor(int east, int north)
    {
        int unused = 64 - (2 * Steps);
        ulong x = Moved(Number & LongitudeBits, LatitudeBits >> unused, LongitudeBits >> unused, east);
        ulong y = Moved(Number & LatitudeBits, LongitudeBits >> unused, LatitudeBits >> unused, north);
        return this with { Number = x | y };
    }

    /// <summary>The standard geohash of a place, whose latitudes go up to 90 degrees: letters of five bits.
    /// There are only bits for ten of them.</summary>
    public static byte[] Text(GeoPosition position)
    {
        ReadOnlySpan<byte> letters = "0123456789bcdefghjkmnpqrstuvwxyz"u8;
        ulong number = Of(position, StepsMax, StandardLatitudeMax).Number;
        byte[] text = new byte[TextLength];
        for (int i = 0; i < TextLength; i++)
        {
            int shift = (2 * StepsMax) - ((i + 1) * 5);
            text[i] = letters[shift < 0 ? 0 : (int)(number >> shift) & 31];
        }

        return text;
    }

    private static GeoCell Of(GeoPosition position, int steps, double latitudeMax)
    {
        double cells = 1UL << steps;
        double x = (position.Longitude + GeoPosition.LongitudeMax) / (2 * GeoPosition.LongitudeMax) * cells;
        double y = (position.Latitude + latitudeMax) / (2 * latitudeMax) * cells;
        return new((Spread((uint)x) << 1) | Spread((uint)y), steps);
    }

    // The other direction's bits carry over: they are all set for an addition, all clear after a borrow.
    private static ulong Moved(ulong bits, ulong between, ulong mask, int by) => by switch
    {
        > 0 => (bits + between + 1) & mask,
        < 0 => ((bits | between) - (between + 1)) & mask,
        _ => bits,
    };

    // Puts a zero before each bit.
    private static ulong Spread(ulong bits)
    {
        bits = (bits | (bits << 16)) & 0x0000FFFF0000FFFF;
        bits = (bits | (bits << 8)) & 0x00FF00FF00FF00FF;
        bits = (bits | (bits << 4)) & 0x0F0F0F0F0F0F0F0F;
        bits = (bits | (bits << 2)) & 0x3333333333333333;
        return (bits | (bits << 1)) & LatitudeBits;
    }

    // Takes every second bit.
    private static uint Gather(ulong bits)
    {
        bits &= LatitudeBits;
        bits = (bits | (bits >> 1)) & 0x3333333333333333;
        bits = (bits | (bits >> 2)) & 0x0F0F0F0F0F0F0F0F;
        bits = (bits | (bits >> 4)) & 0x00FF00FF00FF00FF;
        bits = (bits | (bits >> 8)) & 0x0000FFFF0000FFFF;
        return (uint)(bits | (bits >> 16));
    }
}
