using System.Globalization;
using System.Text;

namespace Hedge.Tests.Commands.Keys;

/// <summary>Random strings of the kinds that payloads treat differently.</summary>
internal static class SampleValues
{
    private static readonly string[] Words = ["alpha", "user:", "0000", "{id:", "val", " ", ",", "\0\0\0"];

    /// <summary>A number, noise, text with repetitions, a run of one byte, or a repeated block.</summary>
    public static byte[] Next(Random random, int lengthMax = 3000)
    {
        int length = random.Next(3) == 0 ? random.Next(80) : random.Next(lengthMax);
        switch (random.Next(6))
        {
            case 0: return Number(random);
            case 1: return Noise(random, length, 256);
            case 2: return Noise(random, length, random.Next(1, 5));
            case 3: return Text(random, length);
            case 4:
                byte[] block = Noise(random, random.Next(1, 400), 256);
                return Enumerable.Range(0, length).Select(i => block[i % block.Length]).ToArray();
            default:
                byte[] head = Noise(random, random.Next(60), 256);
                return [.. head, .. Text(random, length), .. Noise(random, 9, 256)];
        }
    }

    private static byte[] Number(Random random)
    {
        long value = random.NextInt64() >> random.Next(63);
        if (random.Next(2) == 0) value = -value;
        string text = value.ToString(CultureInfo.InvariantCulture);
        if (random.Next(10) == 0) text = "0" + text;
        return Encoding.ASCII.GetBytes(text);
    }

    private static byte[] Noise(Random random, int length, int alphabet)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)random.Next(alphabet);
        return bytes;
    }

    private static byte[] Text(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length) text.Append(Words[random.Next(Words.Length)]).Append(random.Next(30));
        return Encoding.Latin1.GetBytes(text.ToString(0, length));
    }
}
